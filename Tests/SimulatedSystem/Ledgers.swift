/// Holds what processes say of themselves, at rest, against what happened and against itself.
struct Ledgers {
  private let system: SimulatedSystem

  init(_ system: SimulatedSystem) { self.system = system }

  var violations: [Violation] {
    get async {
      let executions = system.chronicle.executions
      var violations: [Violation] = []
      for host in system.hosts {
        for life in host.lives {
          let own = executions.filter { $0.host == host.name && $0.life == life.number }
          let gauges = await life.gauges()
          violations += conservation(gauges, own, life)
          if own.allSatisfy({ $0.ended != nil }) { violations += holds(gauges, life) }
        }
      }
      return violations + leases
    }
  }

  /// Nothing is lost, nothing is counted twice, and all that was counted has happened.
  private func conservation(
    _ gauges: [String: Int], _ executions: [Chronicle.Execution], _ life: Life
  ) -> [Violation] {
    func value(_ name: String) -> Int { gauges[name] ?? -1 }
    let ended = value("completed") + value("failed") + value("cancelled")
    let equations = [
      ("received", value("received"), "accepted + refused", value("accepted") + value("refused")),
      ("accepted", value("accepted"), "ended + in progress", ended + value("in_progress")),
      ("received", value("received"), "calls", executions.count),
      ("completed", value("completed"), "calls that ended well", executions.count(where: \.isWell)),
      ("in progress", value("in_progress"), "calls that have no end", executions.count { $0.ended == nil }),
    ]
    return equations.filter { $0.1 != $0.3 }.map {
      Violation(.imbalance, "\(life.host), process \(life.number): \($0.0) \($0.1), but \($0.2) \($0.3)")
    }
  }

  /// What nobody may hold who has nothing to do.
  private func holds(_ gauges: [String: Int], _ life: Life) -> [Violation] {
    var violations: [Violation] = []
    let name = "\(life.host), process \(life.number)"
    if let total = gauges["kv_blocks"] {
      let (free, cached) = (gauges["kv_blocks_free"] ?? 0, gauges["kv_blocks_cached"] ?? 0)
      if free + cached != total {
        violations.append(
          Violation(.leakedBlocks, "\(name): \(free) blocks are free and \(cached) cached, of \(total)"))
      }
    }
    if let bytes = gauges["upload_bytes"], bytes != 0 {
      violations.append(Violation(.leakedHold, "\(name): \(bytes) bytes are held for no question"))
    }
    let flights = life.scrape["llava_feature_cache_flights"]
    if flights != 0 { violations.append(Violation(.leakedHold, "\(name): \(flights) fetches for no question")) }
    let work = life.scrape["llava_workers_in_flight"] + life.scrape["llava_vision_queue_waiting"]
    if work != 0 { violations.append(Violation(.leakedHold, "\(name): \(work) pieces of work for no question")) }
    return violations
  }

  /// Rights to fill a view, which gateways that live and reach the tier give back.
  private var leases: [Violation] {
    let hasLostSome = !system.scenario.isCalm
    let count = system.tier.heldLeaseCount
    return hasLostSome || count == 0 ? [] : [Violation(.leakedHold, "\(count) leases are held for no question")]
  }
}
