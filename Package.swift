// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "llava",
  dependencies: [.package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2")],
  targets: [
    .target(name: "Concurrency", path: "Shared/Concurrency", swiftSettings: settings),
    .systemLibrary(
      name: "COpenBLAS", path: "Shared/Compute/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CKernels", path: "Shared/Compute/CKernels"),
    .target(
      name: "Numerics", dependencies: ["CKernels", "COpenBLAS", "Concurrency"], path: "Shared/Compute/Numerics",
      swiftSettings: settings),
    .target(
      name: "Checkpoint", dependencies: ["Numerics", .product(name: "Crypto", package: "swift-crypto")],
      path: "Shared/Model/Checkpoint", swiftSettings: settings),
    .target(
      name: "CSentencePiece", path: "Shared/Model/CSentencePiece", linkerSettings: [.linkedLibrary("sentencepiece")]),
    .target(
      name: "Tokenizer", dependencies: ["CSentencePiece"], path: "Shared/Model/Tokenizer", swiftSettings: settings),
    .target(name: "TilePlan", path: "Shared/Model/TilePlan", swiftSettings: settings),
    .target(
      name: "CImageCodecs", path: "Shared/Model/CImageCodecs",
      linkerSettings: [
        .linkedLibrary("jpeg"), .linkedLibrary("png16"), .linkedLibrary("webp"), .linkedLibrary("webpdemux"),
      ]),
    .target(
      name: "Imaging", dependencies: ["TilePlan", "CImageCodecs"], path: "Shared/Model/Imaging",
      swiftSettings: settings),
    .target(
      name: "VisionModel", dependencies: ["Checkpoint", "Numerics"], path: "Shared/Model/VisionModel",
      swiftSettings: settings),
    .target(
      name: "LanguageModel", dependencies: ["Checkpoint", "Numerics"], path: "Shared/Model/LanguageModel",
      swiftSettings: settings),
    .target(
      name: "ModelFixtures", dependencies: ["Checkpoint", "Imaging", "TilePlan"], path: "Tests/ModelFixtures",
      swiftSettings: settings),
    .testTarget(
      name: "CheckpointTests", dependencies: ["Checkpoint", "Numerics"], path: "Tests/CheckpointTests",
      swiftSettings: settings),
    .testTarget(
      name: "NumericsTests", dependencies: ["CKernels", "Numerics"], path: "Tests/NumericsTests",
      swiftSettings: settings),
    .testTarget(
      name: "VisionModelTests", dependencies: ["Checkpoint", "ModelFixtures", "Numerics", "VisionModel"],
      path: "Tests/VisionModelTests", swiftSettings: settings),
    .testTarget(
      name: "LanguageModelTests",
      dependencies: ["Checkpoint", "LanguageModel", "ModelFixtures", "Numerics", "Tokenizer", "VisionModel"],
      path: "Tests/LanguageModelTests", swiftSettings: settings),
  ]
)
