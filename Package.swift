// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "llava",
  targets: [
    .target(name: "Concurrency", path: "Shared/Concurrency", swiftSettings: settings),
    .target(name: "Numerics", path: "Shared/Compute/Numerics", swiftSettings: settings),
  ]
)
