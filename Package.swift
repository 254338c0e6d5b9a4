// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "llava",
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    .target(
      name: "Concurrency", dependencies: [.product(name: "DequeModule", package: "swift-collections")],
      path: "Shared/Concurrency", swiftSettings: settings),
    .target(
      name: "RPC", dependencies: ["Concurrency", .product(name: "DequeModule", package: "swift-collections")],
      path: "Shared/Network/RPC", swiftSettings: settings),
    .systemLibrary(
      name: "CProtobufC", path: "Shared/Network/CProtobufC", pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"])]),
    .target(name: "CMessages", dependencies: ["CProtobufC"], path: "Shared/Network/CMessages"),
    .target(
      name: "Contracts",
      dependencies: [
        "CMessages", "CProtobufC", "Concurrency", "RPC", .product(name: "Crypto", package: "swift-crypto"),
      ], path: "Shared/Network/Contracts",
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
