import type { YamlNode } from '../../yaml/node.ts'

/** `pushgateway:` of vedette.yml. */
export interface PushgatewaySettings {
  /** Whether `PUT /api/v1/admin/wipe` deletes everything. */
  readonly adminApi: boolean
}

/** Reads `pushgateway: {admin_api: true}`. Where it listens is said by `listen.pushgateway`. */
export function readPushgatewaySection(node: YamlNode | undefined): PushgatewaySettings {
  const map = node?.asMap()
  const adminApi = map?.key('admin_api').asBool() ?? false
  map?.finish()
  return { adminApi }
}
