"""Providers of prices, one module each, behind one interface."""
