"""What the workflows run around a review: stacks touched, comments and issues that update, the check before an update.

Nothing but the standard library: the jobs that hold a token install nothing.
"""
