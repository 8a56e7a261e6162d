namespace Sluice.Durability.Messaging;

/// <summary>Ends the process when it cannot heal itself.</summary>
internal interface IProcessExit
{
    /// <summary>Stops the host with a failing exit code, and the process if the host does not stop.</summary>
    void Exit(string reason);
}
