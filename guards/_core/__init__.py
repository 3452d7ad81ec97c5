"""The machinery below the guards: values, workspace, triggers, cache, runner, policy."""
