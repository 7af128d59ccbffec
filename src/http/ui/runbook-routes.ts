import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { RunbookJson } from '../../contract/runbooks.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'

/** One pack that may have a runbook. */
export interface RunbookPlace {
  readonly name: string
  readonly folder: string
}

/** `GET /api/vedette/runbooks/:name`: the runbook of a pack, as the Markdown that it is written in. */
export function runbookRoutes(packs: () => readonly RunbookPlace[]): Route[] {
  const handle = (exchange: Exchange): Promise<Answer> => answer(packs(), exchange)
  return [{ methods: ['GET'], path: '/api/vedette/runbooks/:name', permission: 'read', handle }]
}

async function answer(packs: readonly RunbookPlace[], exchange: Exchange): Promise<Answer> {
  const name = exchange.pathParam('name')
  // Only names of packs lead to files: nothing of the path does.
  const pack = packs.find((one) => one.name === name)
  const markdown = pack && (await readFirst(placesOf(pack)))
  if (markdown === undefined) return json({ message: `no runbook ${JSON.stringify(name)}` }, 404)
  const found: RunbookJson = { name, markdown }
  return json(found)
}

/** In the pack, or, for those that ship, among the docs beside the folder of packs. */
function placesOf({ name, folder }: RunbookPlace): readonly string[] {
  return [
    path.join(folder, 'runbook.md'),
    path.join(path.dirname(path.dirname(folder)), 'docs', 'runbooks', `${name}.md`),
  ]
}

async function readFirst(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}

function json(body: object, status = 200): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) }
}
