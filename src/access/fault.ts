import { Problem } from '../model/problem.ts'

/** Something that exists already or must stay; a door answers it with 409. */
export class ConflictProblem extends Problem {
  constructor(message: string) {
    super('bad_data', message)
  }
}
