import { readFileSync } from 'node:fs'
import type { JsonObject } from '../../lang/dashboard/json-value.ts'
import { messageOf } from '../../model/problem.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { Secret } from '../../yaml/secret.ts'

/**
 * Text of a provisioning file, with Grafana's own variables filled in besides ours: `$NAME`, `$__env{NAME}`, `$__file{PATH}`.
 * What is not set is empty, as in Grafana.
 */
export function grafanaText(node: YamlNode): string | undefined {
  const text = node.asString()
  return text === undefined ? undefined : fill(node, text)
}

export function grafanaSecret(node: YamlNode): Secret | undefined {
  const secret = node.asSecret()
  return secret === undefined ? undefined : new Secret(fill(node, secret.reveal()))
}

/** A part of a provisioning file as plain JSON. */
export function grafanaJson(node: YamlNode): JsonObject {
  const entries = node.asMap()?.entries() ?? []
  return Object.fromEntries(
    entries.filter(({ name }) => name !== '__proto__').map((entry) => [entry.name, valueOf(entry)]),
  )
}

function valueOf(node: YamlNode): unknown {
  if (node.isEmpty) return null
  if (node.isMap) return grafanaJson(node)
  if (!node.isScalar) return (node.asList() ?? []).map(valueOf)
  const scalar = node.asScalar()
  return typeof scalar === 'string' ? grafanaText(node) : scalar
}

function fill(node: YamlNode, text: string): string {
  if (!text.includes('$')) return text
  const variable = (name: string): string => node.env?.[name] ?? ''
  return text.replaceAll(
    /\$__env\{([A-Za-z0-9_]+)\}|\$__file\{([^}]+)\}|\$([A-Z_][A-Z0-9_]*)/g,
    (_all, env: string | undefined, file: string | undefined, plain: string | undefined) => {
      if (file !== undefined) return readSecretFile(node, file)
      return variable(env ?? plain ?? '')
    },
  )
}

function readSecretFile(node: YamlNode, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (thrown) {
    node.error(`$__file{${file}}: ${messageOf(thrown)}`)
    return ''
  }
}
