import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { bindInputs } from '../../lang/dashboard/bind-inputs.ts'
import type { Datasource } from '../../lang/dashboard/datasource.ts'
import { isObject, textOf, type JsonObject } from '../../lang/dashboard/json-value.ts'
import { readDashboard } from '../../lang/dashboard/read-dashboard.ts'
import { draftReport } from '../../lang/dashboard/report.ts'
import { writeDashboard } from '../../lang/dashboard/write-dashboard.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import { findJsonFault } from './find-json-fault.ts'
import { MAX_DASHBOARD_BYTES, readRawDashboard } from '../dashboard-json.ts'

/** A dashboard as its file has it. */
export interface FileDashboard {
  readonly raw: JsonObject
  /** SHA-256 of the file. */
  readonly hash: string
}

/** Reads a file with a dashboard in any form. Rejects with a `Problem` that says what is wrong in it, and where. */
export async function readDashboardFile(file: string): Promise<FileDashboard> {
  const text = await readText(file)
  const hash = createHash('sha256').update(text).digest('hex')
  const json = parseJson(text)
  const isPlain = isObject(json) && textOf(json['title']) !== undefined && !('spec' in json)
  if (isPlain) return { raw: readRawDashboard(json), hash }
  return { raw: writeDashboard(readDashboard(json).dashboard), hash }
}

/** Fills in `${DS_…}` and other inputs, which nobody is there to be asked for. */
export function bindFile(raw: JsonObject, datasources: readonly Datasource[]): JsonObject {
  return bindInputs(raw, datasources, draftReport())
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file)
  if (bytes.length > MAX_DASHBOARD_BYTES) {
    const message = `the file has ${bytes.length} bytes; a dashboard has at most ${MAX_DASHBOARD_BYTES}`
    throw new Problem('bad_data', message)
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

/** Throws a `Problem` that names line and column. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const place = placeOf(text, findJsonFault(text))
    throw new Problem('bad_data', `${place}: not JSON: ${messageOf(cause)}`, { cause })
  }
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`
}
