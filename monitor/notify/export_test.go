package notify

// Causes exposes what messages know of statistics by name.
var Causes = causes
