"""What a stack pulls: every image and chart, where each comes from, and how a registry without internet gets them."""
