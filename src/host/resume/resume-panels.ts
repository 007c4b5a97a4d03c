import * as path from 'node:path';
import * as vscode from 'vscode';
import { panelTypes } from '../../ids';
import { areas } from '../areas';
import { PanelCollection, type PanelSurroundings } from '../pages/panel-collection';
import { resumeTarget } from './resume-key';
import type { ResumePanelOptions } from './resume-panel';

/** The pages "Resume with ArcFace", one for a run and a checkpoint (`resumeKey`). */
export function resumePanels(options: Omit<ResumePanelOptions, 'panel' | 'target' | 'follower'> & PanelSurroundings): PanelCollection {
  return new PanelCollection({
    type: panelTypes.resume,
    title: (key) => vscode.l10n.t('Resume with ArcFace: {0}', path.basename(resumeTarget(key).folder)),
    icon: 'resume',
    keyOf: async (state) => (await areas.resumePage()).parseResumeKey(state),
    fill: async (panel, key) => {
      const { ResumePanel, RunFollower } = await areas.resumePage();
      const target = resumeTarget(key);
      return new ResumePanel({ panel, target, follower: await RunFollower.open(target.folder), ...options });
    },
  }, options);
}
