export * from '../../workflow/context-manager.ts';
