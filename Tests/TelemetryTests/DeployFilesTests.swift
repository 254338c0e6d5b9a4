import Foundation
import Telemetry
import Testing

/// Dashboards, rules and the runbook speak of metrics by name: each must be one that the programs export.
struct DeployFilesTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("deploy")

  private static let files = [
    "RUNBOOK.md", "grafana/llava.json", "prometheus/rules.yml", "prometheus/rules.test.yml",
    "kubernetes/overlays/hpa/autoscaler.yaml", "kubernetes/overlays/hpa/rule.yaml",
    "kubernetes/overlays/keda/autoscaler.yaml",
  ]

  /// What Prometheus and its surroundings add to every series, and what histograms have.
  private static let ownLabels: Set = ["job", "instance", "namespace", "le"]

  private func text(_ file: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(file), encoding: .utf8).replacing("\\\"", with: "\"")
  }

  private var names: [String: Metric] {
    var names: [String: Metric] = [:]
    for metric in Metric.all {
      names[metric.name] = metric
      guard case .histogram = metric.kind else { continue }
      for suffix in ["_bucket", "_sum", "_count"] { names[metric.name + suffix] = metric }
    }
    return names
  }

  @Test(arguments: files) func everyMetricThatIsNamedExists(_ file: String) throws {
    let names = names
    let found = try text(file).matches(of: /\b(?:llava|process)_[a-z_]+\b/).map { String($0.output) }
    #expect(!found.isEmpty)
    for name in Set(found) { #expect(names[name] != nil, "\(name)") }
  }

  @Test(arguments: files) func everyLabelThatIsNamedIsOneOfItsMetric(_ file: String) throws {
    let names = names
    for match in try text(file).matches(of: /\b((?:llava|process)_[a-z_]+)\{([^}]*)\}/) {
      let labels = match.output.2.matches(of: /([a-z_]+)(?:=~|!~|!=|=|:)/).map { String($0.output.1) }
      for label in labels where !Self.ownLabels.contains(label) {
        #expect(names[String(match.output.1)]?.labels.contains(label) == true, "\(match.output.0)")
      }
    }
  }

  @Test func everyAlertHasItsSectionInTheRunbookAndEverySectionItsAlert() throws {
    let alerts = try text("prometheus/rules.yml").matches(of: /- alert: (\w+)/).map { String($0.output.1) }
    let sections = try text("RUNBOOK.md").matches(of: /## (Llava\w+)/).map { String($0.output.1) }
    #expect(alerts == sections)
  }

  @Test func theDashboardShowsEverySeriesThatSomebodyCouldMiss() throws {
    let dashboard = try text("grafana/llava.json")
    let elsewhere: Set = [
      "llava_build_info", "llava_metrics_refused_total", "process_max_fds", "process_start_time_seconds",
      "llava_feature_cache_entries",
    ]
    for metric in Metric.all where !elsewhere.contains(metric.name) {
      #expect(dashboard.contains(metric.name), "\(metric.name)")
    }
  }
}
