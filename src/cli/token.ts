import { InvalidArgumentError, Option, type Command } from 'commander'
import { generateToken } from '../access/digest.ts'
import { AGENT_SCOPES, toScope, type Scope } from '../access/scope.ts'
import { SCOPES } from '../contract/access.ts'
import { parseDurationMs } from '../model/duration.ts'
import { Problem } from '../model/problem.ts'
import { withAccess, withAccessPlace, type AccessPlace } from './open-access.ts'
import { formatMinute, formatTable } from './table.ts'
import { ownTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

interface CreateOptions extends AccessPlace {
  readonly scope?: readonly Scope[]
  readonly agent?: boolean
  readonly expires?: number
}

/** `vedette token …`: what programs authenticate with. */
export function addToken(program: Command): void {
  const token = program
    .command('token')
    .helpCommand(false)
    .summary('create, list and revoke what programs authenticate with')
    .description(
      'Works on the tokens of a server, whether it runs or not; one that runs knows of it within ten seconds.\n' +
        'A token is sent as "Authorization: Bearer TOKEN", or as the password of any user.',
    )
  withAccessPlace(
    token.command('create <name>').description('Creates a token and prints it, this once.'),
  )
    .addOption(
      new Option('--scope <scopes...>', `what it may do: ${SCOPES.join(', ')}`).argParser(
        readScopes,
      ),
    )
    .option('--agent', `for "vedette agent": ${AGENT_SCOPES.join(', ')}`)
    .addOption(new Option('--expires <duration>', 'for how long, e.g. 90d').argParser(readLife))
    .action(async (name: string, options: CreateOptions) =>
      createToken(name, options, ownTerminal()),
    )
  token
    .command('generate')
    .description(
      'Prints a new token that no server knows yet, for VEDETTE_AGENT_TOKEN of the server and the token file of its agents.',
    )
    .action(() => ownTerminal().write(`${generateToken()}\n`))
  withAccessPlace(token.command('list').description('Lists the tokens, without them.')).action(
    async (place: AccessPlace) => listTokens(place, ownTerminal()),
  )
  withAccessPlace(
    token.command('revoke <name>').description('Ends a token, by its name or number.'),
  ).action(async (name: string, place: AccessPlace) => revokeToken(name, place, ownTerminal()))
}

async function createToken(
  name: string,
  { scope = [], agent = false, expires, ...place }: CreateOptions,
  terminal: Terminal,
): Promise<void> {
  const scopes = [...new Set([...scope, ...(agent ? AGENT_SCOPES : [])])]
  if (scopes.length === 0) throw new UsageError('a token needs --scope SCOPES, or --agent')
  const request = { name, scopes, ...(expires === undefined ? {} : { expiresInMs: expires }) }
  const { token, stored } = await withAccess(place, (control, by) =>
    control.tokens.create(by, request),
  )
  const until = stored.expiresMs === undefined ? '' : ` until ${formatMinute(stored.expiresMs)}`
  terminal.remark(
    `the token ${stored.name} has ${scopes.join(', ')}${until}; it is not shown again\n`,
  )
  terminal.write(`${token}\n`)
}

async function listTokens(place: AccessPlace, terminal: Terminal): Promise<void> {
  const tokens = await withAccess(place, (control) => control.tokens.list())
  const rows = tokens.map((token) => [
    String(token.id),
    token.name,
    `${token.hint}…`,
    token.scopes.join(' '),
    formatMinute(token.createdMs),
    formatMinute(token.expiresMs),
    formatMinute(token.lastUsedMs),
  ])
  const headings = ['number', 'name', 'begins', 'scopes', 'created', 'expires', 'last used']
  terminal.write(formatTable(headings, rows))
}

async function revokeToken(name: string, place: AccessPlace, terminal: Terminal): Promise<void> {
  await withAccess(place, async (control, by) => {
    const tokens = await control.tokens.list()
    const found =
      tokens.find((token) => token.name === name) ??
      tokens.find((token) => String(token.id) === name)
    if (found === undefined) throw new Problem('not_found', `there is no token ${name}`)
    await control.tokens.revoke(by, found.id)
  })
  terminal.remark(`the token ${name} is revoked\n`)
}

function readScopes(text: string, before: readonly Scope[] | undefined): readonly Scope[] {
  const scopes = text.split(',').map((word) => {
    const scope = toScope(word.trim())
    if (scope === undefined) throw new InvalidArgumentError(`There are ${SCOPES.join(', ')}.`)
    return scope
  })
  return [...(before ?? []), ...scopes]
}

function readLife(text: string): number {
  const durationMs = parseDurationMs(text)
  if (durationMs === undefined || durationMs <= 0) {
    throw new InvalidArgumentError('It must be a duration such as 90d.')
  }
  return durationMs
}
