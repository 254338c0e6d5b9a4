// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "llava",
  targets: [
    .target(name: "Concurrency", path: "Shared/Concurrency", swiftSettings: settings),
    .systemLibrary(
      name: "COpenBLAS", path: "Shared/Compute/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CKernels", path: "Shared/Compute/CKernels"),
    .target(
      name: "Numerics", dependencies: ["CKernels", "COpenBLAS", "Concurrency"], path: "Shared/Compute/Numerics",
      swiftSettings: settings),
    .testTarget(
      name: "NumericsTests", dependencies: ["CKernels", "Numerics"], path: "Tests/NumericsTests",
      swiftSettings: settings),
  ]
)
