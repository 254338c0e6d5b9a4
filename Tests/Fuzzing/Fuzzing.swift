import Glibc

// libFuzzer's runtime has the `main`; it calls these two by name (`FuzzerInterface.h`).

/// `llava-fuzz TARGET [ARGUMENTS OF LIBFUZZER]`: one program for all targets, so that they are built once.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzing(
  _ argumentCount: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
  let name = argumentCount.pointee > 1 ? arguments.pointee[1].map { String(cString: $0) } ?? "" : ""
  guard let target = FuzzTarget(rawValue: name) else {
    print("usage: llava-fuzz TARGET [ARGUMENTS OF LIBFUZZER]")
    print("a target is one of " + FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))
    exit(2)
  }
  FuzzTarget.chosen = target
  // libFuzzer sees its own arguments only.
  arguments.pointee[1] = arguments.pointee[0]
  arguments.pointee += 1
  argumentCount.pointee -= 1
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  FuzzTarget.chosen.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
