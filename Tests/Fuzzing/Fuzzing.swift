import FuzzTargets
import Glibc

// libFuzzer's runtime has the `main`; it calls these two by name (`FuzzerInterface.h`).

// Sound: set once, before libFuzzer's single thread reads the first input.
nonisolated(unsafe) private var chosen = FuzzTarget.safetensors

/// The target of the processes that libFuzzer starts.
private let variable = "LLAVA_FUZZ_TARGET"

/// `llava-fuzz TARGET [ARGUMENTS OF LIBFUZZER]`: one program for all targets, so that they are built once.
/// `llava-fuzz TARGET --seeds DIR` writes inputs to begin with.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzing(
  _ argumentCount: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
  let words = (1..<max(1, Int(argumentCount.pointee))).compactMap { arguments.pointee[$0].map { String(cString: $0) } }
  // libFuzzer merges in processes of its own, which it starts without the target.
  if let target = getenv(variable).flatMap({ FuzzTarget(rawValue: String(cString: $0)) }) {
    chosen = target
    return 0
  }
  guard let target = words.first.flatMap(FuzzTarget.init) else {
    print("usage: llava-fuzz TARGET [ARGUMENTS OF LIBFUZZER], or llava-fuzz TARGET --seeds DIR")
    print("a target is one of " + FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))
    exit(2)
  }
  if words.count == 3, words[1] == "--seeds" {
    writeSeeds(of: target, to: words[2])
    exit(0)
  }
  chosen = target
  setenv(variable, target.rawValue, 1)
  // libFuzzer sees its own arguments only.
  arguments.pointee[1] = arguments.pointee[0]
  arguments.pointee += 1
  argumentCount.pointee -= 1
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  chosen.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

private func writeSeeds(of target: FuzzTarget, to folder: String) {
  for (index, seed) in target.seeds.enumerated() {
    guard let file = fopen("\(folder)/seed-\(index)", "wb") else {
      print("\(folder): expected a folder that can be written to")
      exit(2)
    }
    fwrite(seed, 1, seed.count, file)
    fclose(file)
  }
}
