"""Answers: what is asked about scans becomes SQL that every store understands, and its rows become answers."""
