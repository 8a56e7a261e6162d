namespace Sluice.LocalCluster.Processes;

/// <summary>The POSIX signals that the cluster and its fault tests send; the values are Linux's numbers.</summary>
public enum Signal
{
    /// <summary>RabbitMQ ignores it; PostgreSQL takes it as a fast shutdown.</summary>
    Interrupt = 2,

    /// <summary>Ends the process with no chance to clean up: the crash of fault tests.</summary>
    Kill = 9,

    /// <summary>Asks for a graceful end.</summary>
    Terminate = 15,

    /// <summary>Wakes a frozen process.</summary>
    Continue = 18,

    /// <summary>Freezes the process: alive for the operating system, silent for everybody else.</summary>
    Freeze = 19,
}
