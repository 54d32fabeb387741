"""Pure: endpoints, what they are sent, how it is signed, and when it is tried again."""
