"""What `deadline-watcher` must be told."""

from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class DeadlineWatcherSettings(ServiceSettings):
    """Environment variables with the prefix DEADLINE_WATCHER_."""

    model_config = SettingsConfigDict(env_prefix="DEADLINE_WATCHER_", frozen=True, hide_input_in_errors=True)
