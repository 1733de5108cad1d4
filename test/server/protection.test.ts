// Essential backup on real vaults: what locks, what goes to the trash, what expires, what is kept.
import { cancelContract } from '../../src/server/services/protection/cancel.contract.ts'
import { openRealMachine } from './real-machine.ts'

cancelContract(openRealMachine)
