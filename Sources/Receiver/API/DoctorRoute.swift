// SPDX-License-Identifier: Apache-2.0

internal import JSON
internal import Server

/// `/api/v1/doctor`
extension LocalAPI {
  func examine(_ asked: APIRequest, _ exchange: Exchange) {
    let doctor = doctor
    later(exchange) { Response(json: await doctor.findings().json.compact()) }
  }
}
