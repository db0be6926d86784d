"""Models at work: codecs that know text, engines that know tokens."""
