using Quartz;

namespace Sluice.Scheduler.Schedules;

/// <summary>What becomes of fires that nobody was there for.</summary>
internal static class MisfirePolicy
{
    /// <summary>They are left out.</summary>
    public const string Skip = "skip";

    /// <summary>However many were missed, one is made up for at once.</summary>
    public const string RunOnce = "run_once";

    public static bool IsKnown(string name) => name is Skip or RunOnce;

    public static CronTriggerMisfireInstruction Instruction(string name) =>
        name == RunOnce ? CronTriggerMisfireInstruction.FireAndProceed : CronTriggerMisfireInstruction.DoNothing;
}
