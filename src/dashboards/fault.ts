import { Problem, type ProblemCode } from '../model/problem.ts'

interface Refusal {
  readonly status: number
  /** Grafana's word for it, which clients compare. */
  readonly word?: string
  readonly message: string
}

/** What is refused, with the statuses, words and messages of Grafana's API, which its clients know. */
const REFUSALS = {
  'dashboard-missing': { status: 404, word: 'not-found', message: 'Dashboard not found' },
  'version-missing': { status: 404, message: 'Dashboard version not found' },
  'folder-missing': { status: 404, word: 'not-found', message: 'folder not found' },
  'unknown-folder': { status: 400, message: 'folder not found' },
  'annotation-missing': { status: 404, message: 'Could not find annotation' },
  'title-empty': { status: 400, word: 'empty-name', message: 'Dashboard title cannot be empty' },
  'title-too-long': {
    status: 400,
    word: 'title-too-long',
    message: 'Dashboard title cannot contain more than 5 000 characters',
  },
  'uid-invalid': { status: 400, message: 'uid contains illegal characters' },
  'uid-too-long': { status: 400, message: 'uid too long, max 40 characters' },
  'uid-taken': { status: 400, message: 'A dashboard with the same uid already exists' },
  'message-too-long': { status: 400, message: 'message too long, max 500 characters' },
  'version-mismatch': {
    status: 412,
    word: 'version-mismatch',
    message: 'The dashboard has been changed by someone else',
  },
  'name-exists': {
    status: 412,
    word: 'name-exists',
    message: 'A dashboard with the same name in the folder already exists',
  },
  'save-provisioned': {
    status: 400,
    message: 'Cannot save provisioned dashboard: its provider says allowUiUpdates: false',
  },
  'delete-provisioned': {
    status: 400,
    message: 'provisioned dashboard cannot be deleted: remove its file instead',
  },
  'not-provisioned': { status: 404, word: 'not-found', message: 'Dashboard is not provisioned' },
  'folder-title-empty': { status: 400, message: 'folder title cannot be empty' },
  'folder-uid-invalid': { status: 400, message: 'invalid uid for folder provided' },
  'folder-name-exists': {
    status: 409,
    message: 'a folder with the same name already exists in the current location',
  },
  'folder-uid-taken': {
    status: 409,
    message: 'a folder/dashboard with the same uid already exists',
  },
  'folder-mismatch': {
    status: 412,
    word: 'version-mismatch',
    message: 'the folder has been changed by someone else',
  },
  'folder-provisioned': {
    status: 400,
    message: 'folder cannot be deleted: it contains provisioned dashboards',
  },
  'folder-loop': { status: 400, message: 'a folder cannot be moved into itself' },
  'folder-too-deep': { status: 400, message: 'folders nest at most 4 levels deep' },
} as const satisfies Record<string, Refusal>

export type RefusalName = keyof typeof REFUSALS

/** A request about dashboards that is refused as Grafana refuses it. */
export class DashboardFault extends Problem {
  readonly refusal: RefusalName
  readonly status: number
  readonly word: string | undefined

  constructor(refusal: RefusalName, detail?: string) {
    const { status, message, word }: Refusal = REFUSALS[refusal]
    super(codeOf(status), detail === undefined ? message : `${message}: ${detail}`)
    this.refusal = refusal
    this.status = status
    this.word = word
  }
}

function codeOf(status: number): ProblemCode {
  return status === 404 ? 'not_found' : 'bad_data'
}
