// swift-tools-version: 6.3
import PackageDescription

/// For deploy/dev/fuzz, our own modules count what they run, and no package does: libFuzzer looks at every counter after
/// every input.
let isFuzzed = Context.environment["LLAVA_FUZZ"] != nil

let settings: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ] + (isFuzzed ? [.unsafeFlags(["-sanitize=fuzzer,address"])] : [])
let cSettings: [CSetting] = isFuzzed ? [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])] : []

/// A Swift module: a folder on a shelf, which carries its name.
func module(_ name: String, _ shelf: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "\(shelf)/\(name)", swiftSettings: settings)
}

/// A C module: likewise.
func cModule(
  _ name: String, _ shelf: String, _ dependencies: [Target.Dependency] = [], linking libraries: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "\(shelf)/\(name)", cSettings: cSettings,
    linkerSettings: libraries.map { .linkedLibrary($0) })
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")

let nio = ["NIOCore", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let http = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let tls = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let tlsEvents = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = ["ServiceLifecycle", "UnixSignals"].map {
  Target.Dependency.product(name: $0, package: "swift-service-lifecycle")
}

let metering = Target.Dependency.product(name: "Metrics", package: "swift-metrics")

let base: [Target] = [
  .systemLibrary(name: "CAllocator", path: "Shared/CAllocator"),
  module("Concurrency", "Shared", [deque, heap]),
  module("Storage", "Shared", ["Concurrency", crypto]),
  module("Telemetry", "Shared", ["Concurrency", logging, metering]),
]

let compute: [Target] = [
  .systemLibrary(
    name: "COpenBLAS", path: "Shared/Compute/COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
  // Not fuzzed, since no byte from outside decides what they do; instrumented, they would compile for a quarter of an hour.
  .target(name: "CKernels", path: "Shared/Compute/CKernels"),
  module("Numerics", "Shared/Compute", ["CKernels", "COpenBLAS", "Concurrency"]),
]

let model: [Target] = [
  module("Checkpoint", "Shared/Model", ["Numerics", "TilePlan", crypto]),
  cModule("CSentencePiece", "Shared/Model", linking: ["sentencepiece"]),
  module("Tokenizer", "Shared/Model", ["CSentencePiece", "Checkpoint", crypto]),
  module("Conversion", "Shared/Model", ["Checkpoint", "Numerics", "Tokenizer"]),
  module("TilePlan", "Shared/Model"),
  cModule("CImageCodecs", "Shared/Model", linking: ["jpeg", "png16", "webp", "webpdemux"]),
  module("Imaging", "Shared/Model", ["TilePlan", "CImageCodecs"]),
  module("VisionModel", "Shared/Model", ["Checkpoint", "Numerics"]),
  module("LanguageModel", "Shared/Model", ["Checkpoint", "Numerics"]),
]

let network: [Target] = [
  .systemLibrary(name: "CNNG", path: "Shared/Network/CNNG"),
  .systemLibrary(
    name: "CProtobufC", path: "Shared/Network/CProtobufC", pkgConfig: "libprotobuf-c",
    providers: [.apt(["libprotobuf-c-dev"])]),
  cModule("CMessages", "Shared/Network", ["CProtobufC"]),
  module("RESP", "Shared/Network"),
  cModule("CChecksum", "Shared/Network"),
  module("RPC", "Shared/Network", ["CChecksum", "Concurrency", deque]),
  module("Credentials", "Shared", ["RPC", certificates, asn1, crypto]),
  module("NNGTransport", "Shared/Network", ["CNNG", "Concurrency", "RPC", deque]),
  module("TLSTransport", "Shared/Network", ["Concurrency", "RPC", tls, tlsEvents] + nio),
  module("Contracts", "Shared/Network", ["CMessages", "CProtobufC", "Concurrency", "RPC", "TilePlan", crypto]),
]

let services: [Target] = [
  module(
    "Serving", "Services",
    ["Checkpoint", "Concurrency", "Contracts", "RPC", "Telemetry", "TilePlan", deque, logging]),
  module("Probes", "Services", ["Concurrency", "Telemetry", http] + nio),
  module(
    "VisionEncoder", "Services",
    [
      "Checkpoint", "Concurrency", "Contracts", "Imaging", "Numerics", "RPC", "Serving", "Telemetry", "TilePlan",
      "VisionModel", deque, logging,
    ]),
]

let decoder: [Target] = [
  module("Scheduling", "Services/Decoder"),
  module(
    "Decoder", "Services/Decoder",
    [
      "Checkpoint", "Concurrency", "Contracts", "LanguageModel", "Numerics", "RPC", "Scheduling", "Serving",
      "Storage", "Telemetry", "TilePlan", "Tokenizer", crypto, deque, logging,
    ]),
]

let gateway: [Target] = [
  module("Routing", "Services/Gateway"),
  module("FeatureCache", "Services/Gateway"),
  module("Members", "Services/Gateway", ["Concurrency", "RPC"]),
  module("Access", "Services/Gateway", ["Concurrency", "Contracts", "Credentials", "RPC", deque]),
  module(
    "FeatureTiers", "Services/Gateway", ["Concurrency", "Routing", "Storage", "Telemetry", crypto, deque, logging]),
  module("StoreClient", "Services/Gateway", ["Concurrency", "FeatureTiers", "RESP", tls] + nio),
  module(
    "Gateway", "Services/Gateway",
    [
      "Access", "Concurrency", "Contracts", "FeatureCache", "FeatureTiers", "Members", "RPC", "Routing", "Serving",
      "Telemetry", "TilePlan", crypto, deque, logging,
    ]),
]

/// A program: a folder under Services.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name,
    dependencies: ["CAllocator", "Concurrency", "Contracts", "Launch", "Probes", "RPC", "Serving", arguments]
      + dependencies,
    path: "Services/\(name)", swiftSettings: settings)
}

let programs: [Target] = [
  module(
    "Launch", "Services",
    [
      "Checkpoint", "Concurrency", "Contracts", "Credentials", "FeatureTiers", "Members", "NNGTransport", "Probes",
      "RPC", "Serving", "StoreClient", "TLSTransport", "Telemetry", "Tokenizer", arguments, crypto, logging,
      .product(name: "Yams", package: "Yams"),
    ] + lifecycle),
  program("VisionEncoderMain", ["Checkpoint", "VisionEncoder", logging]),
  program("DecoderMain", ["Checkpoint", "Decoder", logging]),
  program("GatewayMain", ["Access", "Credentials", "Gateway", "Members", logging]),
  program(
    "CLI",
    [
      "Checkpoint", "Conversion", "Credentials", "Decoder", "FeatureTiers", "Gateway", "Imaging", "LanguageModel",
      "Numerics", "TilePlan", "Tokenizer", "Telemetry", "VisionEncoder", "VisionModel", crypto, logging,
    ] + lifecycle.suffix(1)),
]

/// What tests start: built with them.
let processes: [Target.Dependency] = ["CLI", "DecoderMain", "GatewayMain", "VisionEncoderMain"]

let checks: [Target] = [
  module("TestSupport", "Tests", ["Concurrency", "Credentials", "FeatureTiers", "RPC"]),
  module("ModelFixtures", "Tests", ["Checkpoint", "Imaging", "Numerics", "TilePlan"]),
  tests("ConcurrencyTests", ["Concurrency"]),
  tests("NumericsTests", ["CKernels", "Concurrency", "Numerics"]),
  tests("CheckpointTests", ["Checkpoint", "Numerics", "TilePlan"]),
  tests("TokenizerTests", ["Tokenizer"]),
  tests("TilePlanTests", ["TestSupport", "TilePlan"]),
  tests("ImagingTests", ["Imaging", "TilePlan", crypto]),
  tests("VisionModelTests", ["Checkpoint", "ModelFixtures", "Numerics", "VisionModel"]),
  tests(
    "LanguageModelTests",
    [
      "Checkpoint", "Imaging", "LanguageModel", "ModelFixtures", "Numerics", "TestSupport", "TilePlan", "Tokenizer",
      "VisionModel",
    ]),
  module(
    "Clusters", "Tests",
    [
      "Checkpoint", "Concurrency", "Contracts", "Decoder", "FeatureTiers", "Gateway", "LanguageModel", "Numerics",
      "RPC", "Serving", "Telemetry", "VisionEncoder",
    ]),
  .executableTarget(
    name: "llava-bench",
    dependencies: [
      "Checkpoint", "Clusters", "Concurrency", "Contracts", "Decoder", "Gateway", "Imaging", "LanguageModel", "Launch",
      "NNGTransport", "Numerics", "Programs", "RPC", "Serving", "TestSupport", "VisionModel", arguments,
    ], path: "Tests/Benchmarks", swiftSettings: settings),
  tests(
    "SystemTests",
    [
      "Checkpoint", "Clusters", "Concurrency", "Contracts", "Conversion", "Decoder", "FeatureTiers", "LanguageModel",
      "ModelFixtures", "NNGTransport", "Numerics", "RPC", "Scheduling", "Serving", "StoreClient", "TestSupport",
      "TilePlan", "Tokenizer", "VisionModel", crypto,
    ]),
  module("Programs", "Tests", ["Clusters", "Concurrency", "Contracts", "NNGTransport", "RPC", "TestSupport"]),
  tests("ProcessTests", ["Clusters", "Concurrency", "Contracts", "Programs", "RPC"] + processes),
  tests(
    "ClusterTests", ["Clusters", "Concurrency", "Contracts", "Programs", "RPC", "TestSupport"] + processes),
  tests(
    "SimulationTests",
    [
      "Clusters", "Concurrency", "Contracts", "Decoder", "FeatureTiers", "Gateway", "Members", "ModelFixtures", "RPC",
      "Scheduling", "SimulatedSystem", "TestSupport", "TilePlan",
    ]),
  module(
    "FuzzTargets", "Tests",
    [
      "Checkpoint", "Concurrency", "Contracts", "Credentials", "Imaging", "Launch", "RESP", "RPC", "TilePlan",
      arguments,
    ]),
  module(
    "SimulatedSystem", "Tests",
    [
      "Checkpoint", "Clusters", "Concurrency", "Contracts", "Decoder", "FeatureTiers", "Gateway", "Imaging",
      "LanguageModel", "Numerics", "RPC", "Scheduling", "Serving", "Telemetry", "TestSupport", "TilePlan", "Tokenizer",
      "VisionEncoder", "VisionModel", crypto, deque, logging,
    ]),
  .executableTarget(
    name: "llava-simulate", dependencies: ["Checkpoint", "ModelFixtures", "SimulatedSystem", arguments],
    path: "Tests/Simulate", swiftSettings: settings),
  tests("FuzzTargetsTests", ["FuzzTargets"]),
  tests("DecoderTests", ["Decoder", "LanguageModel"]),
  tests("SchedulingTests", ["Scheduling", "TestSupport"]),
  tests(
    "LaunchTests",
    [
      "Concurrency", "FeatureTiers", "Launch", "Probes", "RPC", "StoreClient", "Telemetry", "TestSupport", arguments,
      logging,
    ]),
  tests(
    "CLITests",
    [
      "CLI", "Checkpoint", "Concurrency", "Contracts", "Imaging", "Launch", "NNGTransport", "Numerics", "RPC",
      "Serving", "Telemetry", "TestSupport", "TilePlan", "Tokenizer", arguments, logging,
    ]),
  tests("RoutingTests", ["Routing", "TestSupport"]),
  tests("MembersTests", ["Members", "RPC", "TestSupport"]),
  tests("AccessTests", ["Access", "Concurrency", "Contracts", "Credentials", "RPC", "TestSupport"]),
  tests("FeatureCacheTests", ["FeatureCache", "TestSupport"]),
  tests("FeatureTiersTests", ["Concurrency", "FeatureTiers", "Routing", "Storage", "TestSupport", crypto]),
  tests("RESPTests", ["RESP", "TestSupport"]),
  tests("StoreClientTests", ["Clusters", "Concurrency", "FeatureTiers", "RESP", "StoreClient"]),
  tests("GatewayTests", ["Concurrency", "Contracts", "Gateway", "RPC", "TilePlan"]),
  tests("ServingTests", ["Concurrency", "Contracts", "RPC", "Serving", "Telemetry", "TestSupport"]),
  tests("TelemetryTests", ["Concurrency", "Telemetry", logging, metering]),
  tests(
    "ProbesTests",
    ["Concurrency", "Probes", "Telemetry", "TestSupport", .product(name: "NIOEmbedded", package: "swift-nio")]
      + nio),
  tests("ContractsTests", ["CMessages", "Contracts", "RPC", "TestSupport", "TilePlan"]),
  tests("TransportConformance", ["Concurrency", "NNGTransport", "RPC", "TLSTransport", "TestSupport"]),
  tests("RPCTests", ["CChecksum", "Concurrency", "RPC", "TestSupport"]),
  tests("NNGTransportTests", ["Concurrency", "NNGTransport", "RPC", "TestSupport"]),
  tests("TLSTransportTests", ["Concurrency", "RPC", "TLSTransport", "TestSupport", tls] + nio),
  tests("CredentialsTests", ["Concurrency", "Credentials", "RPC", "TestSupport", certificates, crypto]),
]

/// Only deploy/dev/fuzz links libFuzzer's runtime, which has the loop that this program runs.
let fuzzing: [Target] =
  !isFuzzed
  ? []
  : [
    .systemLibrary(name: "CLibFuzzer", path: "Tests/CLibFuzzer"),
    .executableTarget(
      name: "llava-fuzz", dependencies: ["CLibFuzzer", "FuzzTargets"], path: "Tests/Fuzzing", swiftSettings: settings,
      linkerSettings: [.unsafeFlags(["-sanitize=address"]), .linkedLibrary("stdc++")]),
  ]

let package = Package(
  name: "llava",
  products: [
    .executable(name: "llava", targets: ["CLI"]),
    .executable(name: "llava-vision", targets: ["VisionEncoderMain"]),
    .executable(name: "llava-decoder", targets: ["DecoderMain"]),
    .executable(name: "llava-gateway", targets: ["GatewayMain"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: base + compute + model + network + services + decoder + gateway + programs + checks + fuzzing
)
