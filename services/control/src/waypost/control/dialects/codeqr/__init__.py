"""CodeQR's API: links as bare objects, tags, domains, folders, pictures of codes."""
