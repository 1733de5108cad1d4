/** Before any schema is made: the policy of the page forbids code made of text, and zod would try it. */
import { z } from 'zod'

z.config({ jitless: true })
