"""Users, what their roles may do, what they may see, and how they prove who they are."""
