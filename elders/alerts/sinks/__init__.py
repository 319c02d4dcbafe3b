"""Where notices go: the tree, webhooks, chat rooms and mail."""
