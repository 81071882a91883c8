// SPDX-License-Identifier: Apache-2.0

package import JSON

extension Settings {
  /// Every setting with its value and where it came from, as `config print` lists them. Secrets are masked by their type.
  package var listing: [(setting: Setting, value: JSON, origin: SettingOrigin)] {
    Setting.all.map { ($0, $0.show(self), origin(of: $0.key)) }
  }

  /// The listing as JSON: `{"data":[{"key":…,"value":…,"source":…,"environment":…}]}`.
  package var listingJSON: JSON {
    let rows = listing.map { setting, value, origin in
      JSON.object([
        "key": .string(setting.key), "value": value, "source": .string(origin.description),
        "environment": .string(setting.environment),
      ])
    }
    return ["data": .array(rows)]
  }

  /// The listing as a table; a list is joined by commas, as the environment would have it.
  package var listingTable: TextTable {
    TextTable(
      header: ["SETTING", "VALUE", "SOURCE", "ENVIRONMENT"],
      rows: listing.map { setting, value, origin in
        [setting.key, TextTable.cell(value), origin.description, setting.environment]
      })
  }
}
