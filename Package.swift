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
    .target(name: "Numerics", path: "Shared/Compute/Numerics", swiftSettings: settings),
  ]
)
