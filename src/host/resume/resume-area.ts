/** What the pages "Resume with ArcFace" are made of, loaded when the first one is. */
export { parseResumeKey } from '../../protocol/resume-panel';
export { RunFollower } from '../runs/run-follower';
export { ResumePanel } from './resume-panel';
