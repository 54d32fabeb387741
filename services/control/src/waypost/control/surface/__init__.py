"""What every HTTP API of control shares: authentication, scopes, faults, headers, one application each."""
