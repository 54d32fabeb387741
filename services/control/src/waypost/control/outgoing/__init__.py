"""The one door to the outside: every call the control plane makes to an address a user can choose.

A name is resolved, all of its addresses are checked, and the connection is made to a checked
address, so that no answer of a name server between check and call can lead inside.
"""
