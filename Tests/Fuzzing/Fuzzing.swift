import CLibFuzzer
import FuzzTargets
import Glibc

// Sound: set once, before libFuzzer's single thread reads the first input.
nonisolated(unsafe) private var chosen = FuzzTarget.safetensors

/// `llava-fuzz TARGET [ARGUMENTS OF LIBFUZZER]`: one program for all targets, so that they are built once.
/// `llava-fuzz TARGET --seeds DIR` writes inputs to begin with.
@main
enum Fuzzing {
  /// The target of the processes that libFuzzer starts: it merges in such, which it starts without the target.
  private static let variable = "LLAVA_FUZZ_TARGET"

  static func main() {
    let inherited = getenv(variable).flatMap { FuzzTarget(rawValue: String(cString: $0)) }
    guard let target = inherited ?? CommandLine.arguments.dropFirst().first.flatMap(FuzzTarget.init) else {
      print("usage: llava-fuzz TARGET [ARGUMENTS OF LIBFUZZER], or llava-fuzz TARGET --seeds DIR")
      print("a target is one of " + FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))
      exit(2)
    }
    let words = CommandLine.arguments.dropFirst(inherited == nil ? 2 : 1)
    if words.count == 2, words.first == "--seeds", let folder = words.last {
      writeSeeds(of: target, to: folder)
    } else {
      chosen = target
      setenv(variable, target.rawValue, 1)
      run([CommandLine.arguments[0]] + words)
    }
  }

  /// Until libFuzzer's own arguments say that it is enough, or an input breaks something.
  private static func run(_ arguments: [String]) -> Never {
    // Never freed: libFuzzer keeps them for as long as the process lives.
    var words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = .allocate(capacity: arguments.count + 1)
    for (index, argument) in arguments.enumerated() { words?[index] = strdup(argument) }
    words?[arguments.count] = nil
    var count = Int32(arguments.count)
    exit(
      LLVMFuzzerRunDriver(&count, &words) { bytes, count in
        chosen.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
      })
  }

  private static func writeSeeds(of target: FuzzTarget, to folder: String) {
    for (index, seed) in target.seeds.enumerated() {
      guard let file = fopen("\(folder)/seed-\(index)", "wb") else {
        print("\(folder): expected a folder that can be written to")
        exit(2)
      }
      fwrite(seed, 1, seed.count, file)
      fclose(file)
    }
  }
}
