namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>A place at which somebody is held until the test lets go.</summary>
internal sealed class HeldPoint
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public void Release() => _released.TrySetResult();

    /// <summary>Deaf to the token, as a frozen process is.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        return _released.Task;
    }
}
