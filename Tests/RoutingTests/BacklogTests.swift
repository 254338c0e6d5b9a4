import Routing
import Testing

struct BacklogTests {
  private typealias Load = LeastOutstanding.Load

  @Test func whatWorkersHaveCountsAtTheirOwnPaceAndWhatNobodyHasAtTheMean() {
    let loads = [Load(inFlight: 4, meanSeconds: 0.5), Load(inFlight: 2, meanSeconds: 1.5)]
    #expect(Backlog.seconds(waitingCount: 0, loads: loads) == 5)
    #expect(Backlog.seconds(waitingCount: 10, loads: loads) == 15)
  }

  @Test func aWorkerThatWasNeverMeasuredCountsAsTheOthers() {
    let loads = [Load(inFlight: 1, meanSeconds: nil), Load(inFlight: 1, meanSeconds: 3)]
    #expect(Backlog.seconds(waitingCount: 1, loads: loads) == 9)
  }

  @Test func withoutAnyMeasureAPieceCountsAsASecond() {
    #expect(Backlog.seconds(waitingCount: 2, loads: [Load(inFlight: 1, meanSeconds: nil)]) == 3)
    #expect(Backlog.seconds(waitingCount: 0, loads: []) == 0)
  }

  @Test func whoJoinsWaitsForTheShareOfAllBeforeItAndItsOwn() {
    let loads = [Load(inFlight: 4, meanSeconds: 0.5), Load(inFlight: 2, meanSeconds: 1.5)]
    #expect(Backlog.wait(behind: 0, loads: loads) == .seconds(3.5))
    #expect(Backlog.wait(behind: 10, loads: loads) == .seconds(8.5))
    #expect(Backlog.wait(behind: 1, loads: [Load(inFlight: 1, meanSeconds: nil), loads[1]]) == .seconds(4.5))
    #expect(Backlog.wait(behind: 9, loads: [Load(inFlight: 1, meanSeconds: nil)]) == nil, "nothing is known yet")
  }
}
