import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '../../self/log.ts'
import type { Metadata } from '../../store/metadata/metadata.ts'
import { openMetadata } from '../../store/metadata/open.ts'
import { createAccessControl, type AccessControl } from '../access-control.ts'
import { LOOPBACK_PRINCIPAL, type Caller } from '../principal.ts'

/** Access control over a database of its own, on a clock that stands still until it is moved. */
export interface TestAccess {
  readonly control: AccessControl
  readonly metadata: Metadata
  /** Everything that was logged, down to debug. */
  readonly lines: string[]
  /** How long it slept, each time; the clock moves on meanwhile. */
  readonly sleptMs: number[]
  nowMs: number
  close(): Promise<void>
}

/** Who does what tests need done. */
export const OPERATOR: Caller = { principal: LOOPBACK_PRINCIPAL, address: '127.0.0.1' }

export const PASSWORD = 'correct horse battery staple'

/** With users `ada` (admin), `ed` (editor) and `vi` (viewer), all with the same password, where they are asked for. */
export async function openTestAccess(
  options: { readonly users?: boolean; readonly isLocal?: (address: string) => boolean } = {},
): Promise<TestAccess> {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-access-'))
  const lines: string[] = []
  const log = createLog({ level: 'debug', write: (line) => lines.push(line) })
  const metadata = await openMetadata({ path: join(folder, 'metadata.db') }, log)
  const sleptMs: number[] = []
  const clock = {
    nowMs: () => access.nowMs,
    sleep: (durationMs: number) => {
      sleptMs.push(durationMs)
      access.nowMs += durationMs
      return Promise.resolve()
    },
  }
  const isLocal = options.isLocal ?? ((address) => address === '127.0.0.1')
  const control = createAccessControl({ metadata, log, clock, isLocal })
  const access: TestAccess = {
    control,
    metadata,
    lines,
    sleptMs,
    nowMs: 1_763_700_000_000,
    close: async () => {
      await control.close()
      await metadata.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  if (options.users !== false) {
    const users = [
      ['ada', 'admin'],
      ['ed', 'editor'],
      ['vi', 'viewer'],
    ] as const
    for (const [login, role] of users) {
      await control.accounts.create(OPERATOR, { login, password: PASSWORD, role })
    }
  }
  return access
}
