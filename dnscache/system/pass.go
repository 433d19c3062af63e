package system

import (
	"fmt"

	"pageload/dnscache"
)

// passBecause returns an error that passes a name on, and says why the level cannot know it.
func passBecause(why string) error { return fmt.Errorf("%w: %s", dnscache.ErrPass, why) }
