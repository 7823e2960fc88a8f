"""Fitting, tuning and measuring of models: the only place besides the worker where torch may be."""
