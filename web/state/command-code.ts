import { complete } from '../../shared/commands/complete.ts'
import { commands } from '../../shared/commands/registry.ts'
import { submit } from '../../shared/commands/submit.ts'
import { verbosely } from '../../shared/commands/verbosely.ts'
import { plainText } from './plain.ts'

/** A chunk of its own: the page is drawn, and takes text, without it. */
export const code = { commands, complete, submit, verbosely, plainText }
