import Glibc

/// Where this user's processes keep what they could compute again.
public enum CacheDirectory {
  /// `$XDG_CACHE_HOME/llava`, else `~/.cache/llava`, else a directory under /tmp.
  public static var path: String {
    path(
      cacheHome: getenv("XDG_CACHE_HOME").map { String(cString: $0) }, home: getenv("HOME").map { String(cString: $0) })
  }

  /// The specification ignores paths that are relative.
  static func path(cacheHome: String?, home: String?) -> String {
    if let cacheHome, cacheHome.hasPrefix("/") { return cacheHome + "/llava" }
    if let home, home.hasPrefix("/") { return home + "/.cache/llava" }
    return "/tmp/llava-\(getuid())-cache"
  }
}
