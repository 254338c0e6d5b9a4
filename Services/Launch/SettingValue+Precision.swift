public import Numerics

extension Precision: SettingValue {}
