"""F5 NGINX Ingress Controller as the way in, for Core 2 alone."""
