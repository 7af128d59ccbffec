import { Problem } from '../model/problem.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import {
  deleteUser,
  findUser,
  insertUser,
  listUsers,
  updateUser,
  type User,
} from '../store/metadata/users.ts'
import type { AccessControl } from './access-control.ts'
import { ConflictProblem } from './fault.ts'
import type { Caller } from './principal.ts'
import type { Role } from './scope.ts'

export interface ServiceAccountChange {
  readonly name?: string
  readonly role?: Role
  readonly disabled?: boolean
}

/**
 * Grafana's service accounts: users that nobody signs in as, whose tokens may do what their role allows. Each verb notes who did
 * it, and holds at once. Throws a `Problem` that says what is wrong.
 */
export class ServiceAccounts {
  readonly #metadata: Metadata
  readonly #control: Pick<AccessControl, 'authenticator' | 'audit'>
  readonly #nowMs: () => number

  constructor(
    metadata: Metadata,
    control: Pick<AccessControl, 'authenticator' | 'audit'>,
    nowMs: () => number,
  ) {
    this.#metadata = metadata
    this.#control = control
    this.#nowMs = nowMs
  }

  async list(): Promise<readonly User[]> {
    return (await listUsers(this.#metadata)).filter(({ kind }) => kind === 'service')
  }

  async find(id: number): Promise<User> {
    const found = await findUser(this.#metadata, id)
    if (found?.kind === 'service') return found
    throw new Problem('not_found', 'service account not found')
  }

  async create(
    by: Caller,
    account: { readonly name: string; readonly role: Role; readonly disabled: boolean },
  ): Promise<User> {
    const name = checkName(account.name)
    const made = await insertUser(
      this.#metadata,
      {
        ...{ login: loginOf(name), name, email: '', kind: 'service', role: account.role },
        ...{ passwordHash: undefined, disabled: account.disabled },
      },
      this.#nowMs(),
    )
    if (made === undefined) throw new ConflictProblem('service account already exists')
    this.#control.audit.record(by, 'service-account.create', made.login, { details: made.role })
    return made
  }

  async change(by: Caller, id: number, change: ServiceAccountChange): Promise<User> {
    await this.find(id)
    const renamed =
      change.name === undefined
        ? {}
        : { name: checkName(change.name), login: loginOf(checkName(change.name)) }
    const changed = await updateUser(this.#metadata, id, { ...change, ...renamed }, this.#nowMs())
    if (changed === 'taken') throw new ConflictProblem('service account already exists')
    if (changed === 'missing' || changed === 'last-admin') {
      throw new Problem('not_found', 'service account not found')
    }
    this.#control.authenticator.forget()
    this.#control.audit.record(by, 'service-account.change', changed.login)
    return changed
  }

  /** Its tokens go with it. */
  async remove(by: Caller, id: number): Promise<void> {
    const { login } = await this.find(id)
    await deleteUser(this.#metadata, id)
    this.#control.authenticator.forget()
    this.#control.audit.record(by, 'service-account.remove', login)
  }
}

/** As Grafana names it, so that it cannot be a person's. */
function loginOf(name: string): string {
  return `sa-1-${name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-')}`
}

function checkName(text: string): string {
  const name = text.trim()
  if (name !== '' && name.length <= 150 && !/\p{Cc}/u.test(name)) return name
  throw new Problem('bad_data', 'the name of a service account has 1 to 150 characters')
}
