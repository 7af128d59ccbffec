import type { YamlNode } from '../../yaml/node.ts'
import type { StatusCommand } from './run-status.ts'

/** `passenger:` of vedette.yml. */
export interface PassengerSettings {
  readonly command: StatusCommand
  /** Instances to ask for by name; none: all that run. */
  readonly instances: readonly string[]
}

const DEFAULT_TIMEOUT_MS = 5000
const SUDO = ['sudo', '-n']

export const DEFAULT_PASSENGER: PassengerSettings = {
  command: { words: ['passenger-status'], timeoutMs: DEFAULT_TIMEOUT_MS },
  instances: [],
}

/**
 * Reads `passenger: {command: /usr/sbin/passenger-status, sudo: true, instances: [NAME], timeout: 5s}`. `command` is a path or a
 * list of words; no shell sees it. With `sudo` it is run by `sudo -n`, which never asks for a password.
 */
export function readPassengerSection(node: YamlNode): PassengerSettings {
  const map = node.asMap()
  const command = map?.key('command')
  const words = (command?.isScalar ? wordOf(command) : command?.asStrings()) ?? []
  if (words.some((word) => word === '')) command?.error('an empty word')
  const timeout = map?.key('timeout')
  const timeoutMs = timeout?.durationMs() ?? DEFAULT_TIMEOUT_MS
  if (timeoutMs <= 0) timeout?.error('must be above 0')
  const instances = map?.key('instances')
  const names = instances?.asStrings() ?? []
  for (const name of names) {
    if (!/^[\w-]+$/.test(name)) instances?.error(`${name} is not the name of an instance`)
  }
  const hasSudo = map?.key('sudo').asBool() ?? false
  map?.finish()
  const program = words.length === 0 ? DEFAULT_PASSENGER.command.words : words
  return {
    command: { words: [...(hasSudo ? SUDO : []), ...program], timeoutMs },
    instances: names,
  }
}

function wordOf(node: YamlNode): string[] | undefined {
  const word = node.asString()
  return word === undefined ? undefined : [word]
}
