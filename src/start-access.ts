import { createAccessControl } from './access/access-control.ts'
import { readFirstAdmin, type FirstAdmin } from './access/first-admin.ts'
import { readPresetToken } from './access/preset-token.ts'
import type { Core } from './core.ts'
import { isLoopbackHost } from './http/authenticate-network.ts'
import type { Access } from './http/guard.ts'
import type { Metadata } from './store/metadata/metadata.ts'

export interface AccessOptions {
  /** `VEDETTE_ADMIN_PASSWORD`, `VEDETTE_AGENT_TOKEN` and their kind; read at each start. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The first admin was created: the only moment in which a generated password can be told. */
  readonly onFirstAdmin: (admin: FirstAdmin) => void
}

/** Whom the listeners answer, with what checks credentials. Rejects with a `Problem` about the environment. */
export async function startAccess(
  core: Core,
  metadata: Metadata,
  { env, onFirstAdmin }: AccessOptions,
): Promise<Access> {
  const { access, listen } = core.config()
  readFirstAdmin(env)
  readPresetToken(env)
  const control = createAccessControl({
    metadata,
    log: core.log,
    isLocal: (address) => address === '' || isLoopbackHost(address),
    ...(access.signIn === undefined ? {} : { life: access.signIn }),
  })
  core.ends.push(() => control.close())
  const created = await control.createFirstAdmin(env)
  if (created !== undefined) onFirstAdmin(created)
  if (await control.keepPresetToken(env))
    core.log.info('agents may write with the token of VEDETTE_AGENT_TOKEN')
  for (const [name, address] of Object.entries(listen)) {
    if (address === undefined || address.tls !== undefined || isLoopbackHost(address.host)) continue
    core.log.warn('credentials travel unencrypted to this listener (listen.tls encrypts them)', {
      listener: name,
    })
  }
  return { ...access, control }
}
