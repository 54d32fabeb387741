"""Counts scans: reads them from the stream, judges them, stores them, answers questions about them.

Nobody else opens the scan store; the rest of Waypost asks over the broker (`waypost.wire.queries`).
"""
