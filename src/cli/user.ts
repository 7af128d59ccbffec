import { Argument, Option, type Command } from 'commander'
import type { AccessControl } from '../access/access-control.ts'
import { generatePassword } from '../access/password.ts'
import type { Role } from '../access/scope.ts'
import { ROLES } from '../contract/access.ts'
import { Problem } from '../model/problem.ts'
import type { User } from '../store/metadata/users.ts'
import { withAccess, withAccessPlace, type AccessPlace } from './open-access.ts'
import { readNewPassword } from './read-password.ts'
import { formatMinute, formatTable } from './table.ts'
import { ownTerminal, type Terminal } from './terminal.ts'

interface PasswordOptions extends AccessPlace {
  readonly generate?: boolean
}

interface AddOptions extends PasswordOptions {
  readonly role: Role
  readonly name?: string
  readonly email?: string
}

/** `vedette user …`: who may sign in. */
export function addUser(program: Command): void {
  const user = program
    .command('user')
    .helpCommand(false)
    .summary('list, add, change and remove who may sign in')
    .description(
      'Works on the users of a server, whether it runs or not; one that runs knows of it within ten seconds.\n' +
        'A password is typed unseen, or piped in, or generated.',
    )
  withAccessPlace(user.command('list').description('Lists the users.')).action(
    async (place: AccessPlace) => listUsers(place, ownTerminal()),
  )
  withGenerate(user.command('add <login>').description('Adds a user.'))
    .addOption(
      new Option('--role <role>', 'what they may do').choices(ROLES).default('viewer' as const),
    )
    .option('--name <name>', 'the name that others see')
    .option('--email <address>', 'their e-mail address')
    .action(async (login: string, options: AddOptions) => addOne(login, options, ownTerminal()))
  withGenerate(
    user.command('passwd <login>').description('Sets a new password and signs the user out.'),
  ).action(async (login: string, options: PasswordOptions) =>
    setPassword(login, options, ownTerminal()),
  )
  withAccessPlace(user.command('role <login>').description('Changes what a user may do.'))
    .addArgument(new Argument('<role>').choices(ROLES))
    .action(async (login: string, role: Role, place: AccessPlace) =>
      setRole(login, role, place, ownTerminal()),
    )
  withAccessPlace(
    user.command('remove <login>').description('Removes a user, with their sign-ins.'),
  ).action(async (login: string, place: AccessPlace) => removeUser(login, place, ownTerminal()))
}

function withGenerate(command: Command): Command {
  return withAccessPlace(command).option('--generate', 'generate the password and show it once')
}

async function listUsers(place: AccessPlace, terminal: Terminal): Promise<void> {
  const users = await withAccess(place, (control) => control.accounts.list())
  const rows = users.map((user) => [
    user.login,
    user.disabled ? `${user.role} (disabled)` : user.role,
    user.name,
    user.email,
    formatMinute(user.createdMs),
    formatMinute(user.lastSeenMs),
  ])
  terminal.write(formatTable(['login', 'role', 'name', 'email', 'created', 'last seen'], rows))
}

async function addOne(login: string, options: AddOptions, terminal: Terminal): Promise<void> {
  const { role, name = '', email = '' } = options
  const password = await choosePassword(options, terminal)
  const user = await withAccess(options, (control, by) =>
    control.accounts.create(by, { login, password, role, name, email }),
  )
  terminal.remark(`${user.login} may sign in as ${role}\n`)
  showGenerated(options, password, terminal)
}

async function setPassword(
  login: string,
  options: PasswordOptions,
  terminal: Terminal,
): Promise<void> {
  const password = await choosePassword(options, terminal)
  await withAccess(options, async (control, by) =>
    control.accounts.change(by, (await find(control, login)).id, { password }),
  )
  terminal.remark(`${login} has a new password\n`)
  showGenerated(options, password, terminal)
}

async function setRole(
  login: string,
  role: Role,
  place: AccessPlace,
  terminal: Terminal,
): Promise<void> {
  await withAccess(place, async (control, by) =>
    control.accounts.change(by, (await find(control, login)).id, { role }),
  )
  terminal.remark(`${login} is ${role} now\n`)
}

async function removeUser(login: string, place: AccessPlace, terminal: Terminal): Promise<void> {
  await withAccess(place, async (control, by) =>
    control.accounts.remove(by, (await find(control, login)).id),
  )
  terminal.remark(`${login} is removed\n`)
}

async function find(control: AccessControl, login: string): Promise<User> {
  const wanted = login.trim().toLowerCase()
  const found = (await control.accounts.list()).find((user) => user.login === wanted)
  if (found === undefined) throw new Problem('not_found', `there is no user ${wanted}`)
  return found
}

async function choosePassword(
  { generate = false }: PasswordOptions,
  terminal: Terminal,
): Promise<string> {
  return generate
    ? generatePassword()
    : readNewPassword(process.stdin, (text) => terminal.remark(text))
}

/** On the standard output, alone, for scripts. */
function showGenerated({ generate }: PasswordOptions, password: string, terminal: Terminal): void {
  if (generate === true) terminal.write(`${password}\n`)
}
