import Members
import RPC
import TestSupport
import Testing

struct MembershipTests {
  private let name = try! Endpoint("dns+tcp://vision:7601")
  private let other = try! Endpoint("dns+tcp://more:7611")

  private func address(_ text: String) throws -> Address { try Address(text) }

  /// As a name's machine: an address that remembers the name.
  private func machine(_ number: String, of endpoint: Endpoint) -> Address { endpoint.address.resolved(to: number) }

  @Test func staticAddressesAreMembersAtOnceAndNamesWhenTheyAreResolved() throws {
    var members = Membership()
    let fixed = try address("tcp://127.0.0.1:1")
    #expect(members.configure([.address(fixed), name]) == .init(joined: [fixed]))
    #expect(members.names == [name])
    let (one, two) = (machine("10.0.0.1", of: name), machine("10.0.0.2", of: name))
    #expect(members.resolved(name, to: ["10.0.0.2", "10.0.0.1"]) == .init(joined: [one, two]))
    #expect(members.addresses == [fixed, one, two])
    #expect(members.resolved(name, to: ["10.0.0.1", "10.0.0.2", "10.0.0.1"]) == .init(), "the order says nothing")
    #expect(
      members.resolved(name, to: ["10.0.0.2", "10.0.0.3"])
        == .init(joined: [machine("10.0.0.3", of: name)], left: [one]))
  }

  @Test func aNameThatCannotBeResolvedLeadsWhereItLedAndIsNewsOnce() {
    var members = Membership()
    _ = members.configure([name])
    _ = members.resolved(name, to: ["10.0.0.1"])
    let first = members.failed(name)
    let second = members.failed(name)
    #expect(first && !second)
    #expect(members.addresses == [machine("10.0.0.1", of: name)])
    _ = members.resolved(name, to: ["10.0.0.1"])
    let again = members.failed(name)
    #expect(again, "it was resolved in between")
  }

  @Test func aNameThatLeadsNowhereNowHasNoMembers() {
    var members = Membership()
    _ = members.configure([name])
    _ = members.resolved(name, to: ["10.0.0.1"])
    #expect(members.resolved(name, to: []) == .init(left: [machine("10.0.0.1", of: name)]))
  }

  @Test func otherEndpointsKeepWhoStaysAndWhatIsKnown() throws {
    var members = Membership()
    let fixed = try address("tcp://127.0.0.1:1")
    _ = members.configure([.address(fixed), name])
    _ = members.resolved(name, to: ["10.0.0.1"])
    #expect(members.configure([name, other]) == .init(left: [fixed]))
    #expect(members.addresses == [machine("10.0.0.1", of: name)])
    #expect(members.configure([other]) == .init(left: [machine("10.0.0.1", of: name)]))
    #expect(members.resolved(name, to: ["10.0.0.9"]) == .init(), "it came too late: the name is no endpoint any more")
    #expect(members.configure([name]) == .init(), "what it led to then is not what it leads to now")
  }

  @Test func whoIsNamedTwiceIsOneMember() throws {
    var members = Membership()
    let fixed = try address("tcp://10.0.0.1:7601")
    #expect(members.configure([.address(fixed), .address(fixed)]).joined == [fixed])
    #expect(members.configure([.address(fixed)]) == .init())
  }

  /// A machine with an address of both protocols is one worker.
  @Test func ofTwoProtocolsTheOlderIsTaken() {
    var members = Membership()
    _ = members.configure([name])
    #expect(members.resolved(name, to: ["fd00::1", "10.0.0.1", "fd00::2"]).joined == [machine("10.0.0.1", of: name)])
    #expect(members.resolved(name, to: ["fd00::1"]).joined == [machine("fd00::1", of: name)])
  }

  @Test func moreThanTheMostAreNotTakenAndCounted() {
    var members = Membership()
    _ = members.configure([name])
    let numbers = (0..<MemberLimits.memberCount + 3).map { "10.0.\($0 / 250).\($0 % 250 + 1)" }
    #expect(members.resolved(name, to: numbers).joined.count == MemberLimits.memberCount)
    #expect(members.surplusCount == 3 && members.addresses.count == MemberLimits.memberCount)
    _ = members.resolved(name, to: Array(numbers.prefix(2)))
    #expect(members.surplusCount == 0 && members.addresses.count == 2)
  }

  /// Whatever happens, what joined and left adds up to who is there.
  @Test func changesAddUpUnderEveryScript() {
    for seed in 1...UInt64(200) {
      var random = SeededGenerator(seed: seed)
      var members = Membership()
      var present: Set<Address> = []
      for _ in 0..<60 {
        let endpoint = random.oneIn(2) ? name : other
        let numbers = (0..<Int.random(in: 0..<5, using: &random)).map { _ in
          "10.0.0.\(Int.random(in: 1..<7, using: &random))"
        }
        let change =
          switch Int.random(in: 0..<4, using: &random) {
          case 0: members.configure([name, other].filter { _ in random.oneIn(2) })
          case 1:
            members.failed(endpoint) ? Membership.Change() : Membership.Change()
          default: members.resolved(endpoint, to: numbers)
          }
        #expect(Set(change.joined).isDisjoint(with: present), "seed \(seed)")
        #expect(Set(change.left).isSubset(of: present), "seed \(seed)")
        present = present.union(change.joined).subtracting(change.left)
        #expect(present == Set(members.addresses), "seed \(seed)")
      }
    }
  }
}

struct SystemResolverTests {
  @Test func thisMachineIsFoundAndNumbersAreThemselves() async throws {
    #expect(try await SystemResolver().addresses(of: "localhost").contains { $0 == "127.0.0.1" || $0 == "::1" })
    #expect(try await Set(SystemResolver().addresses(of: "127.0.0.1")) == ["127.0.0.1"])
  }

  @Test func aNameThatLeadsNowhereIsAnErrorThatNamesIt() async {
    // RFC 6761: no resolver ever finds it.
    let error = await #expect(throws: MemberError.self) { try await SystemResolver().addresses(of: "nobody.invalid") }
    #expect(error?.message.contains("'nobody.invalid'") == true)
  }
}
