import type { Log } from '../self/log.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import { deleteSignInsOf } from '../store/metadata/sign-ins.ts'
import {
  deleteUser,
  findUser,
  insertUser,
  listUsers,
  updateUser,
  type User,
  type UserChange,
} from '../store/metadata/users.ts'
import { Problem } from '../model/problem.ts'
import type { AuditLog } from './audit-log.ts'
import { isLogin, type Authenticator } from './authenticator.ts'
import { ConflictProblem } from './fault.ts'
import { passwordFault, type Passwords } from './password.ts'
import type { Caller } from './principal.ts'
import type { Role } from './scope.ts'
import type { Clock } from './throttle.ts'

export interface AccountParts {
  readonly metadata: Metadata
  readonly passwords: Passwords
  readonly authenticator: Pick<Authenticator, 'forget' | 'findByPassword'>
  readonly audit: AuditLog
  readonly clock: Clock
  readonly log: Log
}

export interface NewAccount {
  readonly login: string
  readonly password: string
  readonly role: Role
  readonly name?: string
  readonly email?: string
}

export interface AccountChange {
  readonly role?: Role
  readonly name?: string
  readonly email?: string
  readonly password?: string
  readonly disabled?: boolean
}

const MAX_NAME_LENGTH = 190

/** What admins do with users. Each verb notes who did it, and holds at once. Throws a `Problem` that says what is wrong. */
export class Accounts {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  /** People, without service accounts. */
  async list(): Promise<readonly User[]> {
    const users = await listUsers(this.#parts.metadata)
    return users.filter(({ kind }) => kind === 'person')
  }

  async create(by: Caller, account: NewAccount): Promise<User> {
    const { metadata, passwords, audit, clock } = this.#parts
    const login = checkLogin(account.login)
    checkPassword(account.password)
    const user = await insertUser(
      metadata,
      {
        login,
        name: checkText('name', account.name ?? ''),
        email: checkText('email', account.email ?? ''),
        kind: 'person',
        role: account.role,
        passwordHash: await passwords.hash(account.password),
        disabled: false,
      },
      clock.nowMs(),
    )
    if (user === undefined) throw new ConflictProblem(`there is a user ${login} already`)
    audit.record(by, 'user.create', login, { details: `role ${account.role}` })
    return user
  }

  /** A new password, and being disabled, end the browsers in which the user is signed in. */
  async change(by: Caller, id: number, change: AccountChange): Promise<User> {
    const { metadata, authenticator, audit, clock } = this.#parts
    const columns = await this.#toColumns(change)
    const changed = await updateUser(metadata, id, columns, clock.nowMs())
    if (changed === 'missing') throw noUser(id)
    if (changed === 'last-admin') throw lastAdmin()
    if (changed === 'taken') throw new ConflictProblem('another user has this login')
    if (change.password !== undefined || change.disabled === true) {
      await deleteSignInsOf(metadata, id)
    }
    authenticator.forget()
    audit.record(by, 'user.change', changed.login, { details: describeChange(change) })
    return changed
  }

  async remove(by: Caller, id: number): Promise<void> {
    const { metadata, authenticator, audit } = this.#parts
    const user = await findUser(metadata, id)
    const outcome = await deleteUser(metadata, id)
    if (outcome === 'missing' || user === undefined) throw noUser(id)
    if (outcome === 'last-admin') throw lastAdmin()
    authenticator.forget()
    audit.record(by, 'user.remove', user.login)
  }

  /** Of the caller, who must know the current one. Signs every other browser of theirs out. */
  async changeOwnPassword(by: Caller, current: string, next: string): Promise<void> {
    const { metadata, authenticator, audit, clock, passwords } = this.#parts
    const { userId, name, browser } = by.principal
    if (userId === undefined) throw new Problem('forbidden', 'only users have a password')
    checkPassword(next)
    const found = await authenticator.findByPassword(name, current, by.address)
    if (!('user' in found)) throw new Problem('forbidden', explainRefusal(found))
    const passwordHash = await passwords.hash(next)
    await updateUser(metadata, userId, { passwordHash }, clock.nowMs())
    await deleteSignInsOf(metadata, userId, browser?.idHash)
    authenticator.forget()
    audit.record(by, 'user.change', name, { details: 'own password' })
  }

  async #toColumns({ password, ...change }: AccountChange): Promise<UserChange> {
    if (change.name !== undefined) checkText('name', change.name)
    if (change.email !== undefined) checkText('email', change.email)
    if (password === undefined) return change
    checkPassword(password)
    return { ...change, passwordHash: await this.#parts.passwords.hash(password) }
  }
}

function explainRefusal(
  verdict: Exclude<Awaited<ReturnType<Authenticator['findByPassword']>>, { user: User }>,
): string {
  if (verdict.reason === 'throttled') return 'too many attempts: try again in a moment'
  return verdict.reason === 'wrong' ? 'the current password is wrong' : verdict.message
}

function checkLogin(text: string): string {
  const login = text.trim().toLowerCase()
  if (isLogin(login)) return login
  throw new Problem(
    'bad_data',
    'a login consists of letters, digits and . _ @ + - and has at most 190 characters',
  )
}

function checkPassword(password: string): void {
  const fault = passwordFault(password)
  if (fault !== undefined) throw new Problem('bad_data', fault)
}

function checkText(what: string, text: string): string {
  if (text.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(text)) return text
  throw new Problem(
    'bad_data',
    `${what} has at most ${MAX_NAME_LENGTH} characters and no control characters`,
  )
}

function describeChange({ role, disabled, password, name, email }: AccountChange): string {
  const parts = [
    role === undefined ? '' : `role ${role}`,
    disabled === undefined ? '' : disabled ? 'disabled' : 'enabled',
    password === undefined ? '' : 'password',
    name === undefined && email === undefined ? '' : 'name or email',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function noUser(id: number): Problem {
  return new Problem('not_found', `there is no user ${id}`)
}

function lastAdmin(): ConflictProblem {
  return new ConflictProblem('this is the last admin: make another user admin first')
}
